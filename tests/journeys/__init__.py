"""Stories told in a browser, as the people concerned."""
