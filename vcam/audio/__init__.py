"""Where sound comes from and what is heard in it."""
