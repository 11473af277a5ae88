"""Speed of the kernel, the forest (against scikit-learn's), back-tests, and the stream (against a bare counter)."""
