using System.Net;
using System.Net.Http.Json;
using Homelab.Engine;
using Microsoft.AspNetCore.Builder;
using Xunit;

namespace Homelab.Tests.Engine.Api.Elsa;

/// <summary>The whole product on a free port with its own directory and workflows folder, and a client that is signed in as the administrator.</summary>
public sealed class ElsaHost : IAsyncLifetime
{
    internal const string Password = "a password for this test";

    private readonly string _directory = Directory.CreateTempSubdirectory("homelab-elsa-").FullName;
    private WebApplication? _app;
    private HttpClient? _client;

    internal WebApplication App => _app ?? throw new InvalidOperationException("The host is not started.");

    internal HttpClient Client => _client ?? throw new InvalidOperationException("The host is not started.");

    internal Uri Address => new(App.Urls.First());

    internal string Workflows => Path.Combine(_directory, "workflows");

    public async Task InitializeAsync()
    {
        Directory.CreateDirectory(Workflows);
        foreach (var file in Directory.GetFiles(Repository("workflows"), "*.json"))
            File.Copy(file, Path.Combine(Workflows, Path.GetFileName(file)));
        _app = Server.Create(new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase)
        {
            ["Urls"] = "http://127.0.0.1:0",
            ["Storage:Directory"] = Path.Combine(_directory, "data"),
            ["Workflows:Directory"] = Workflows,
            ["Logs:Directory"] = "",
            ["SignIn:FirstPassword"] = Password,
            ["SignIn:PasswordIterations"] = "1000",
        });
        await _app.StartAsync();
        _client = new HttpClient(new SocketsHttpHandler { CookieContainer = new CookieContainer() }) { BaseAddress = Address };
        _client.DefaultRequestHeaders.Add("Origin", Address.GetLeftPart(UriPartial.Authority));
        (await _client.PostAsJsonAsync("/api/session", new { name = "admin", password = Password })).EnsureSuccessStatusCode();
    }

    public async Task DisposeAsync()
    {
        _client?.Dispose();
        await App.StopAsync();
        await App.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }

    internal static string Repository(string relative)
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Homelab.Workflows.sln")))
            folder = folder.Parent;
        return Path.Combine(folder?.FullName ?? ".", relative);
    }
}
