import AdminServer
import Hummingbird

extension WebConsole {
    /// The scripts and styles: for everybody, the sign-in page needs them too.
    func addAssets(to router: RouterGroup<AdminRequestContext>) {
        router.get("assets/:version/:name") { [assets] _, context in
            guard try context.parameter("version") == assets.version,
                let file = assets.files[try context.parameter("name")]
            else { throw HTTPError(.notFound) }
            return Response(
                status: .ok,
                headers: [.contentType: file.type, .cacheControl: "public, max-age=31536000, immutable"],
                body: ResponseBody(byteBuffer: ByteBuffer(bytes: file.bytes)))
        }
    }
}
