// AdminServerTests
