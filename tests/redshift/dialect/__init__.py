"""What Amazon Redshift's SQL lacks, in one place: the stand-in refuses by it, and `make lint` checks the models by it."""
