// One connection's worker: started by sallyportd with two descriptors, confined before it reads from the network.
import CPlatform
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

// Two numbers that aren't open mean that somebody has started this by hand.
guard fcntl(InheritedDescriptor.broker, F_GETFD) >= 0, fcntl(InheritedDescriptor.client, F_GETFD) >= 0 else {
    fail("this program is started by sallyportd, with the descriptors that it needs")
}
close(InheritedDescriptor.program)
// The kernel named the process by the number of that descriptor; this is the name by the program's file.
_ = sp_set_thread_name("sallyport-sessi")
let broker = MessageSocket(SharedDescriptor(OwnedDescriptor(takingOwnershipOf: InheritedDescriptor.broker)))
do {
    try WorkerConfinement.endWithBroker(InheritedDescriptor.broker)
} catch {
    fail("\(error)")
}
guard let purpose = FirstMessage(from: broker) else { fail("the broker sent no first message") }
guard SSHLibrary.prepare() else { fail(SSHLibrary.mismatch) }
do {
    let identity = purpose.identity
    try WorkerConfinement.apply(
        userID: identity.userID, groupID: identity.groupID, broker: InheritedDescriptor.broker)
} catch {
    fail("\(error)")
}
switch purpose {
case .serve(let welcome):
    guard let worker = Worker(welcome: welcome, broker: broker, client: InheritedDescriptor.client) else {
        fail("libssh can't use the gateway's host keys")
    }
    worker.run()
case .operate: Robot(broker: broker).run()
case .scan(let scan): HostKeyRobot.run(scan, broker: broker, target: InheritedDescriptor.client)
}
exit(0)
