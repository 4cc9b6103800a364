import AdminAPI
import AdminServer
import Hummingbird

/// The web console: pages for people who have signed in, beside the API and for what their roles permit.
///
/// Everything on a page is written by the server, escaped; scripts only bring to life what happens while it is open.
/// They use the API with the cookie of the page.
public struct WebConsole: HTTPSPages {
    let service: any AdministrationService
    let assets: ConsoleAssets
    let shelf: ReplayShelf

    public init(service: any AdministrationService, assets: ConsoleAssets) {
        self.service = service
        self.assets = assets
        self.shelf = ReplayShelf(service: service)
    }

    public func add(to router: Router<AdminRequestContext>) {
        let group = router.group().add(middleware: PageHeaders())
        self.addAssets(to: group)
        self.addSignIn(to: group)
        let pages = PageTable(group, self)
        self.addPages(to: pages)
    }

    /// Every page, and what it needs: in the order of the navigation.
    func addPages(to pages: PageTable) {
        self.addDashboard(to: pages)
        self.addLive(to: pages)
        self.addRequests(to: pages)
        self.addRecordings(to: pages)
        self.addReplay(to: pages)
        self.addTargets(to: pages)
        self.addUsers(to: pages)
        self.addGrants(to: pages)
        self.addAudit(to: pages)
        self.addHealth(to: pages)
    }
}
