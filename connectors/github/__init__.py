"""GitHub: the issues of repositories as tickets."""
