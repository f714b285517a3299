"""Instead of: a simulated car, supply and panel behind the same interfaces; shipped and documented."""
