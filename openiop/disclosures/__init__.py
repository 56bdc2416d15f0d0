"""What may leave the program and on which basis, what left, what holds it back, and the papers that bind."""
