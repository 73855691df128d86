"""How fast the bot is: `./dev bench`. README.md beside this file says how to read it."""
