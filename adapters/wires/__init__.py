"""One module or package for each wire: the API that a provider speaks."""
