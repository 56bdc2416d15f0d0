"""Page shell, components, form rendering, charts and drafts of typed text. Knows no subject."""
