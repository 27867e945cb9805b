"""What the product does: each flow joins the database, the cloud and the devices for one purpose."""
