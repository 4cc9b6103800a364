import AdminAPI
import Foundation
import Gateway
import Vault

/// An error as a person reads it: one line, and a hint where there is one.
struct Complaint {
    private let line: String
    private let hint: String?

    init(_ error: any Error) {
        self.line = "\(error)"
        self.hint =
            switch error {
            case let error as GatewayError: error.hint
            case let error as VaultError: error.hint
            case let error as AdminError: error.hint
            default: nil
            }
    }

    /// - parameter program: who says it: `sallyport` when this process only does its work.
    func print(as program: String) {
        var text = "\(program): error: \(self.line)\n"
        if let hint = self.hint { text += "hint: \(hint)\n" }
        FileHandle.standardError.write(Data(text.utf8))
    }
}
