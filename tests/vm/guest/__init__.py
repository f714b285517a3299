"""What runs inside the virtual machine beside the appliance: an agent, and stand-ins for parts that a Pi has."""
