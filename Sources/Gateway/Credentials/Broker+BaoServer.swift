import AuditLog
import OpenBao
import Synchronization

extension Broker {
    /// Keeps the token for the OpenBao server alive, and puts on record when that fails and when it works again.
    func startBaoKeeper() {
        guard let client = self.credentials.bao?.client else { return }
        let address = client.settings.address
        let log = self.log
        // Nil until the first word of it.
        let isLost = Mutex<Bool?>(nil)
        self.baoKeeper = Task {
            await client.keepAlive { [weak self] result in
                let change = isLost.withLock { lost -> Result<Void, BaoError>? in
                    switch result {
                    case .failure where lost == true: return nil
                    case .failure: lost = true
                    case .success where lost == false: return nil
                    case .success:
                        let wasLost = lost == true
                        lost = false
                        if !wasLost {
                            log.info("logged in to the vault server \(address)")
                            return nil
                        }
                    }
                    return result
                }
                switch change {
                case .failure(let error):
                    log.error("the vault server \(address) is lost: \(error)")
                    self?.audit(.vaultServerLost(address: address, cause: error.message), actor: "gateway")
                case .success:
                    log.notice("the vault server \(address) is back")
                    self?.audit(.vaultServerBack(address: address), actor: "gateway")
                case nil: break
                }
            }
        }
    }

    func stopBaoKeeper() async {
        self.baoKeeper?.cancel()
        await self.baoKeeper?.value
        await self.credentials.bao?.client.shutdown()
    }
}
