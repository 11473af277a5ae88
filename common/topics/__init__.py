"""The topics of the pipeline, and the command that creates them."""
