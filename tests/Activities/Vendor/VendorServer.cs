using FluentAssertions;
using Microsoft.AspNetCore.Http;
using System.Collections.Concurrent;
using Xunit;

namespace Homelab.Tests.Activities.Vendor;

/// <summary>A test that needs a vendor's description; skipped, saying why, where it is not there.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class VendorFactAttribute : FactAttribute
{
    public VendorFactAttribute(params string[] files) => Skip = Shared.WhyNot(files);
}

/// <summary>A test that needs a vendor's description and real servers beside it.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class ServerAndVendorFactAttribute : FactAttribute
{
    /// <param name="programs">Absolute paths of what the servers need.</param>
    public ServerAndVendorFactAttribute(string file, params string[] programs) => Skip = RealServer.WhyNot(programs) ?? Shared.WhyNot([file]);
}

/// <summary>What lies beside the repository for tests only: HOMELAB_SHARED or ../shared.</summary>
internal static class Shared
{
    public static string Root { get; } = Environment.GetEnvironmentVariable("HOMELAB_SHARED") ?? Find();

    public static string Spec(string file) => Path.Combine(Root, "specs", file);

    /// <summary>A recorded real answer.</summary>
    public static string Fixture(string file) => File.ReadAllText(Spec(Path.Combine("fixtures", file)));

    public static string? WhyNot(IEnumerable<string> files) =>
        files.Select(Spec).Where(file => !File.Exists(file)).ToList() is { Count: > 0 } missing ? $"needs {string.Join(", ", missing)}" : null;

    /// <summary>Beside the repository, or beside a work tree of it.</summary>
    private static string Find()
    {
        for (var folder = new DirectoryInfo(Repository.Root).Parent; folder is not null; folder = folder.Parent)
        {
            if (Directory.Exists(Path.Combine(folder.FullName, "shared", "specs")))
                return Path.Combine(folder.FullName, "shared");
        }

        return Path.Combine(Repository.Root, "..", "shared");
    }
}

/// <summary>
/// A server that answers as told and holds every request against the vendor's description: a wrong one is answered 422 with what is
/// wrong, and fails the test when the server is disposed.
/// </summary>
internal sealed class VendorServer : IAsyncDisposable
{
    private readonly FakeServer _server;
    private readonly VendorApi _api;
    private readonly ConcurrentQueue<string> _problems = new();
    private readonly Dictionary<string, Func<SeenRequest, string>> _answers = [];

    private VendorServer(FakeServer server, VendorApi api)
    {
        (_server, _api) = (server, api);
        server.Answer = AnswerAsync;
    }

    public string Url => _server.Url;

    public IReadOnlyList<SeenRequest> Seen => _server.Seen;

    /// <summary>The operations asked for, as "GET /path/{name}".</summary>
    public IEnumerable<string?> Operations => Seen.Select(_api.Operation);

    public SeenRequest Last(string method) => Seen.Last(request => request.Method == method);

    public static async Task<VendorServer> StartAsync(string spec) => new(await FakeServer.StartAsync(), VendorApi.Load(Shared.Spec(spec)));

    /// <summary>What is answered to "GET /path", with or without its query.</summary>
    public VendorServer On(string request, string json) => On(request, _ => json);

    public VendorServer On(string request, Func<SeenRequest, string> json)
    {
        _answers[request] = json;
        return this;
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _problems.Should().BeEmpty("the vendor's description allows every request");
    }

    private Task AnswerAsync(HttpContext context)
    {
        var request = _server.Seen[^1];
        var problems = _api.Check(request);
        foreach (var problem in problems)
            _problems.Enqueue(problem);
        if (problems.Count > 0)
            return FakeServer.Status(422, string.Join("; ", problems), "text/plain")(context);
        return (_answers.GetValueOrDefault($"{request.Method} {request.Path}?{request.Query}") ?? _answers.GetValueOrDefault($"{request.Method} {request.Path}")) is { } answer
            ? FakeServer.Status(200, answer(request))(context)
            : FakeServer.Status(404, $"no answer for {request.Method} {request.Path}", "text/plain")(context);
    }
}
