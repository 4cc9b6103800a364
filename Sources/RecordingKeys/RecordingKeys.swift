// RecordingKeys
