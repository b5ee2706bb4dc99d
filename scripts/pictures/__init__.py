"""The pictures of README and tutorial, made from real runs: recorded commands and a page of results."""
