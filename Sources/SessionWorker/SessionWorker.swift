// SessionWorker
