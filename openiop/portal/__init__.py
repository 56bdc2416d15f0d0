"""The participant's and the family's own pages."""
