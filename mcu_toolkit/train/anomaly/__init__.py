"""`mcu train anomaly`: recordings of a machine that runs well become a model that says when it does not."""
