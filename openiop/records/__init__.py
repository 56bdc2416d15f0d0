"""What leaves the program, put together and sent on its way: packets, own copies, figures, legal papers, agreements."""
