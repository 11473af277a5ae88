"""How fast it is: the kernel, the forest beside scikit-learn's, back-tests, and the stream beside a bare counter."""
