// One connection's worker: started by sallyportd with two descriptors, confined before it reads from the network.
import Glibc
import Platform
import SSHTransport
import Sandbox
import SessionWorker
import WorkerProtocol

signal(SIGPIPE, SIG_IGN)

if CommandLine.arguments.count == 3, CommandLine.arguments[1] == "--probe-confinement" {
    exit(probeConfinement(CommandLine.arguments[2]))
}

let broker = MessageSocket(SharedDescriptor(OwnedDescriptor(takingOwnershipOf: InheritedDescriptor.broker)))
guard let welcome = Worker.receiveWelcome(from: broker) else {
    fail("this program is started by sallyportd, with the descriptors that it needs")
}
SSHLibrary.prepare()
do {
    try WorkerConfinement.apply(userID: welcome.userID, groupID: welcome.groupID)
} catch {
    fail("\(error)")
}
guard let worker = Worker(welcome: welcome, broker: broker, client: InheritedDescriptor.client) else {
    fail("libssh can't use the gateway's host keys")
}
worker.run()
exit(0)
