"""From what a team has to the settings of the go command it needs, with reasons, and what each outage would do to them."""
