"""Messages that services cannot process: their envelope, and the command that inspects and replays them."""
