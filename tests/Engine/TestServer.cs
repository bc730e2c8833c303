using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Homelab.Engine;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace Homelab.Tests.Engine;

/// <summary>The whole product in this process, as Program.cs composes it, on a free port, with its own directory and SQLite file (or the PostgreSQL that is named).</summary>
internal sealed class TestServer : IAsyncDisposable
{
    public const string Password = "correct-horse-battery";

    private readonly string _directory = Directory.CreateTempSubdirectory("homelab-server-").FullName;
    private WebApplication? _app;

    public HttpClient Http { get; } = new();

    public IServiceProvider Services => _app!.Services;

    public string DataDirectory => Path.Combine(_directory, "data");

    public static Task<TestServer> StartAsync(params (string Name, string Value)[] settings) => StartAsync(null, settings);

    /// <param name="further">Activities of the test's own, for example.</param>
    public static async Task<TestServer> StartAsync(Action<IServiceCollection>? further, params (string Name, string Value)[] settings)
    {
        var server = new TestServer();
        Directory.CreateDirectory(Path.Combine(server._directory, "workflows"));
        var values = new Dictionary<string, string?>
        {
            ["Urls"] = "http://127.0.0.1:0",
            ["Storage:Directory"] = server.DataDirectory,
            ["Workflows:Directory"] = Path.Combine(server._directory, "workflows"),
            ["SignIn:FirstPassword"] = Password,
            ["SignIn:PasswordIterations"] = "1000",
        };
        foreach (var (name, value) in settings)
            values[name] = value;
        server._app = Server.Create(values, further);
        await server._app.StartAsync();
        server.Http.BaseAddress = new Uri(server._app.Urls.First());
        return server;
    }

    /// <summary>Publishes a definition without going through the API.</summary>
    public async Task PublishAsync(string definition)
    {
        var read = Homelab.Workflows.Definitions.WorkflowJson.Read(System.Text.Encoding.UTF8.GetBytes(definition));
        var change = await Services.GetRequiredService<Homelab.Engine.Definitions.DefinitionService>().SaveAsync(read, publish: true, default);
        if (change is not Homelab.Engine.Definitions.DefinitionChange.Done)
            throw new InvalidOperationException(change.ToString());
    }

    /// <summary>A workflow that starts at <paramref name="path"/> and has <paramref name="then"/> (more activities) behind it, in order.</summary>
    public static string Webhook(string id, string path, string[] methods, string? endpoint = null, params string[] then)
    {
        var activities = new List<string>
        {
            $$$"""
            {"id":"in","type":"Elsa.HttpEndpoint","version":1,"customProperties":{"canStartWorkflow":true},
             "path":{"typeName":"String","expression":{"type":"Literal","value":"{{{path}}}"}},
             "supportedMethods":{"typeName":"String[]","expression":{"type":"Object","value":"[{{{string.Join(",", methods.Select(method => $"\\\"{method}\\\""))}}}]"}},
             "parsedContent":{"typeName":"Object","memoryReference":{"id":"body"}},"routeData":{"typeName":"Object","memoryReference":{"id":"route"}},
             "queryStringData":{"typeName":"Object","memoryReference":{"id":"query"}},"headers":{"typeName":"Object","memoryReference":{"id":"headers"}},
             "files":{"typeName":"Object","memoryReference":{"id":"files"}} {{{(endpoint is null ? "" : "," + endpoint)}}} }
            """,
        };
        activities.AddRange(then);
        var ids = activities.Select(activity => (string)JsonNode.Parse(activity)!["id"]!).ToList();
        var connections = ids.Zip(ids.Skip(1), (from, to) => $$$"""{"source":{"activity":"{{{from}}}","port":"Done"},"target":{"activity":"{{{to}}}","port":"In"}}""");
        return $$$"""
            {"id":"{{{id}}}-v1","definitionId":"{{{id}}}","name":"{{{id}}}","version":1,"isLatest":true,"isPublished":true,
             "variables":[{"id":"body","name":"Body","typeName":"Object"},{"id":"route","name":"Route","typeName":"Object"},{"id":"query","name":"Query","typeName":"Object"},{"id":"headers","name":"Headers","typeName":"Object"},{"id":"files","name":"Files","typeName":"Object"}],
             "root":{"id":"flow","type":"Elsa.Flowchart","version":1,"activities":[{{{string.Join(",", activities)}}}],"connections":[{{{string.Join(",", connections)}}}]} }
            """;
    }

    public static string Respond(string javaScript) =>
        $$$"""{"id":"respond","type":"Elsa.WriteHttpResponse","version":1,"content":{"typeName":"Object","expression":{"type":"JavaScript","value":"{{{javaScript}}}"} } }""";

    /// <summary>Signs the first administrator in; the client then holds the session.</summary>
    public async Task SignInAsync()
    {
        var answer = await Http.PostAsJsonAsync("/api/session", new { name = "admin", password = Password });
        answer.EnsureSuccessStatusCode();
        if ((string?)(await Http.GetFromJsonAsync<JsonNode>("/api/session"))?["csrfToken"] is { } token)
            Http.DefaultRequestHeaders.Add("X-Csrf-Token", token);
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await _app!.StopAsync();
        await _app.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }
}
