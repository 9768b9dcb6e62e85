"""How the models are made: data, losses, and one trainer for every family."""
