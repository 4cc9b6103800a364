import AdminAPI
import Crypto
import Foundation
import Hummingbird
import Mustache

/// What is between the console's frame: a template and what it shows.
struct Page: Sendable {
    let template: String
    let title: String
    /// Of a type whose properties the template names.
    let view: any Sendable
    /// Scripts that the page needs, such as `dashboard.js`.
    var scripts: [String] = []
    /// Style sheets beside the console's.
    var styles: [String] = []
    /// Its scripts make style sheets of their own, as xterm.js does.
    var makesStyles = false

    init(
        _ template: String, title: String, _ view: any Sendable, scripts: [String] = [], styles: [String] = [],
        makesStyles: Bool = false
    ) {
        self.template = template
        self.title = title
        self.view = view
        self.scripts = scripts
        self.styles = styles
        self.makesStyles = makesStyles
    }
}

/// A page in the console's frame.
struct Layout {
    private struct View {
        struct Link {
            let name: String
            let path: String
            let isHere: Bool
        }

        let title: String
        let assets: String
        let scripts: [String]
        let styles: [String]
        let nonce: String?
        let csrf: String?
        let user: String?
        let links: [Link]
        let note: String?
        /// Made of a template, so escaped already.
        let body: String
    }

    private struct Missing: Error {
        let template: String
    }

    private let page: Page
    private let call: PageCall?
    private let request: Request

    init(_ page: Page, _ call: PageCall) {
        self.page = page
        self.call = call
        self.request = call.request
    }

    /// For who has not signed in.
    init(_ page: Page, request: Request) {
        self.page = page
        self.call = nil
        self.request = request
    }

    func response(status: HTTPResponse.Status, assets: ConsoleAssets) throws -> Response {
        guard let body = assets.templates.render(self.page.view, withTemplate: self.page.template) else {
            throw Missing(template: self.page.template)
        }
        let nonce = self.page.makesStyles ? Self.nonce() : nil
        let note = self.call == nil ? nil : FlashNote.note(in: self.request)
        let view = View(
            title: self.page.title, assets: "/assets/\(assets.version)", scripts: self.page.scripts,
            styles: self.page.styles, nonce: nonce, csrf: self.call?.holder.csrf, user: self.call?.actor.person,
            links: self.links, note: note, body: body)
        guard let text = assets.templates.render(view, withTemplate: "layout") else {
            throw Missing(template: "layout")
        }
        var response = Response(
            status: status,
            headers: [
                .contentType: "text/html; charset=utf-8",
                .contentSecurityPolicy: PageHeaders.policy(nonce: nonce),
            ],
            body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
        if note != nil { response.headers[values: .setCookie] = [FlashNote.forgetting] }
        return response
    }

    private var links: [View.Link] {
        guard let call = self.call else { return [] }
        let here = self.request.uri.path
        return Navigation.places.filter { call.may($0.permission) }.map { place in
            let isHere = place.path == "/" ? here == "/" : here == place.path || here.hasPrefix(place.path + "/")
            return View.Link(name: place.name, path: place.path, isHere: isHere)
        }
    }

    private static func nonce() -> String {
        SymmetricKey(size: .bits128).withUnsafeBytes { Data($0) }.base64EncodedString()
    }
}

/// The places that the frame of every page links to, for those who may go there.
enum Navigation {
    struct Place: Sendable {
        let name: String
        let path: String
        let permission: Permission
    }

    static let places = [
        Place(name: "Live", path: "/", permission: .sessionsRead),
        Place(name: "Requests", path: "/requests", permission: .requestsRead),
        Place(name: "Recordings", path: "/recordings", permission: .recordingsRead),
        Place(name: "Targets", path: "/targets", permission: .targetsRead),
        Place(name: "Users", path: "/users", permission: .usersRead),
        Place(name: "Grants", path: "/grants", permission: .grantsRead),
        Place(name: "Audit", path: "/audit", permission: .auditRead),
        Place(name: "Health", path: "/health", permission: .statusRead),
    ]
}
