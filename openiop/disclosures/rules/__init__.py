"""What may leave and with what (release), the papers that bind (papers), figures that name nobody (figures). Pure."""
