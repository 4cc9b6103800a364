import AdminAPI
import Testing

@testable import WebConsole

@Suite("forms")
struct FormFieldsTests {
    @Test("fields are read as browsers write them")
    func reading() throws {
        let form = try FormFields("a=1+2&b=%C3%A4%26&empty=&c")
        #expect(form["a"] == "1 2")
        #expect(form["b"] == "ä&")
        #expect(form["empty"] == nil)
        #expect(form["c"] == nil)
        #expect(form["d"] == nil)
    }

    @Test("what no browser writes is refused", arguments: ["a=%4", "a=%zz", "a=%ff", "a=1&a=2"])
    func refusal(text: String) {
        #expect(throws: AdminError.self) { try FormFields(text) }
    }

    @Test(
        "only a path of the console is gone to after the sign-in",
        arguments: [
            ("/recordings/abc", "/recordings/abc"), ("//evil.example", "/"), ("https://evil.example", "/"),
            ("/a?b", "/"),
            ("/\\evil.example", "/"), ("", "/"),
        ])
    func next(path: String, shown: String) {
        #expect(SignInPage.checked(path) == shown)
    }
}
