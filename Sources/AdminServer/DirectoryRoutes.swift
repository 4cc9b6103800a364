import AdminAPI
import Hummingbird

extension AdminRouter {
    func addDirectory(to router: Router<AdminRequestContext>) {
        let service = self.service
        router.get(AdminRoutes.directory.routerPath) { _, context in
            try await Response.json(service.directoryStatus(by: context.actor))
        }
        router.get(AdminRoutes.directoryPerson.routerPath) { _, context in
            try await Response.json(service.showDirectoryPerson(context.parameter("name"), by: context.actor))
        }
    }
}
