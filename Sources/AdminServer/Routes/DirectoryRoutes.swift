import AdminAPI
import Hummingbird

extension AdminRouter {
    func addDirectory(to routes: AdminRouteTable) {
        let service = self.service
        routes.on(.get, AdminRoutes.directory, .healthRead, "Ask every server of the directory") { call in
            try await service.directoryStatus(by: call.actor)
        }
        routes.on(.get, AdminRoutes.directoryPerson, .usersRead, "What the directory says of somebody") { call in
            try await service.showDirectoryPerson(call.parameter("name"), by: call.actor)
        }
    }
}
