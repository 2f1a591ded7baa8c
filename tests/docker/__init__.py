"""A Docker Engine of the tests' own, and stand-ins of the images that no registry can be asked for."""
