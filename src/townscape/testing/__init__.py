"""What tests and the demo need and a user never imports: the synthetic city."""
