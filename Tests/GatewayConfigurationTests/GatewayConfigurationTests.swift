// GatewayConfigurationTests
