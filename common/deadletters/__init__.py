"""Messages that services cannot process: their envelope, and the command that looks at them and puts them back."""
