"""What a set of images lacks: classes, places, seasons, hours, cameras."""
