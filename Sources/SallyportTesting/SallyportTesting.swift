// SallyportTesting
