using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Homelab.Engine;
using Homelab.Engine.Api;
using Homelab.Engine.SignIn;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Homelab.Tests.Engine.Api;

/// <summary>The whole product on a free port, with its own directory, and somebody of each role to call it as.</summary>
public class ApiHost : IAsyncLifetime
{
    internal const string FirstPassword = "first password of all";

    private readonly string _directory = Directory.CreateTempSubdirectory("homelab-api-").FullName;
    private readonly Dictionary<string, string> _keys = [];
    private WebApplication? _app;

    internal WebApplication App => _app ?? throw new InvalidOperationException("The host is not started.");

    internal Uri Address => new(App.Urls.First());

    /// <summary>The lines of the log that speak of an error.</summary>
    internal async Task<IReadOnlyList<string>> ErrorsInLogAsync()
    {
        List<string> errors = [];
        foreach (var file in Directory.GetFiles(Path.Combine(_directory, "data", "logs")))
        {
            using var reader = new StreamReader(new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
            errors.AddRange((await reader.ReadToEndAsync()).Split('\n').Where(line => line.Contains(" ERR ", StringComparison.Ordinal) || line.Contains(" FTL ", StringComparison.Ordinal)));
        }

        return errors;
    }

    /// <summary>Settings besides those that every test needs.</summary>
    protected virtual IEnumerable<KeyValuePair<string, string?>> Settings => [];

    public async Task InitializeAsync()
    {
        var settings = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase)
        {
            ["Urls"] = "http://127.0.0.1:0",
            ["Storage:Directory"] = Path.Combine(_directory, "data"),
            ["Workflows:Directory"] = Directory.CreateDirectory(Path.Combine(_directory, "workflows")).FullName,
            ["Logs:Directory"] = "logs",
            ["SignIn:FirstPassword"] = FirstPassword,
            ["SignIn:PasswordIterations"] = "1000",
        };
        foreach (var (name, value) in Settings)
        {
            settings[name] = value;
        }

        _app = Server.Create(settings);
        await _app.StartAsync();
        var keys = _app.Services.GetRequiredService<ApiKeyStore>();
        foreach (var role in Enum.GetValues<Role>())
        {
            _keys[role.Name()] = await AddKeyAsync(keys, role, []);
        }
    }

    public async Task DisposeAsync()
    {
        await App.StopAsync();
        await App.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }

    internal async Task<string> AddKeyAsync(Role role, params string[] scopes) => await AddKeyAsync(App.Services.GetRequiredService<ApiKeyStore>(), role, scopes);

    /// <summary>A client that is nobody, keeps no cookies and follows no redirects.</summary>
    internal HttpClient Nobody() => new(new SocketsHttpHandler { UseCookies = false, AllowAutoRedirect = false }) { BaseAddress = Address };

    internal HttpClient As(Role role) => WithKey(_keys[role.Name()]);

    internal HttpClient WithKey(string key)
    {
        var client = Nobody();
        client.DefaultRequestHeaders.Add("Authorization", $"ApiKey {key}");
        return client;
    }

    /// <summary>A browser that signed in: cookie, and the token for changes.</summary>
    internal async Task<(HttpClient Client, SessionInfo Session)> SignInAsync(string name, string password)
    {
        var client = new HttpClient(new SocketsHttpHandler { CookieContainer = new CookieContainer() }) { BaseAddress = Address };
        using var answer = await client.PostAsJsonAsync("/api/session", new { name, password });
        answer.EnsureSuccessStatusCode();
        var session = (await answer.Content.ReadFromJsonAsync<SessionInfo>())!;
        client.DefaultRequestHeaders.Add(CsrfProtection.Header, session.CsrfToken);
        return (client, session);
    }

    internal static async Task<JsonElement> JsonOf(HttpResponseMessage answer) => (await answer.Content.ReadFromJsonAsync<JsonElement>())!;

    private static async Task<string> AddKeyAsync(ApiKeyStore keys, Role role, IReadOnlyList<string> scopes)
    {
        var secret = Tokens.NewApiKey();
        await keys.AddAsync(
            new ApiKey
            {
                Id = Guid.CreateVersion7(TimeProvider.System.GetUtcNow()).ToString("N"),
                Name = $"test {role}",
                Hint = secret[..8],
                Role = role,
                Scopes = scopes,
                CreatedBy = "test",
                CreatedAt = TimeProvider.System.GetUtcNow(),
            },
            secret,
            default);
        return secret;
    }
}
