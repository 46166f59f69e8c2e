"""The only wiring: config -> plan -> trials -> result, and what happens to it afterwards."""
