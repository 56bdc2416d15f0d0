"""Who saw what and why: emergency access and its review, unusual looks, questions about a look."""
