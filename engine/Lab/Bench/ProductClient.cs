using System.Text.Json.Nodes;

namespace Homelab.Engine.Lab.Bench;

/// <summary>The product as a person at the console reaches it: signed in, over its API.</summary>
internal sealed class ProductClient : IDisposable
{
    public const string Password = "lab-bench-password";

    // The jar of HttpClient goes by this machine's clock, and a cookie of the lab's may be old by it.
    private readonly HttpClient _http = new(new SocketsHttpHandler { UseCookies = false });

    private ProductClient(Uri address) => _http.BaseAddress = address;

    public static async Task<ProductClient> SignInAsync(Uri address, CancellationToken cancellationToken)
    {
        var client = new ProductClient(address);
        using var answer = await client._http.PostAsJsonAsync("/api/session", new { name = SignIn.FirstAdministrator.Name, password = Password }, cancellationToken);
        answer.EnsureSuccessStatusCode();
        client._http.DefaultRequestHeaders.Add("Cookie", answer.Headers.GetValues("Set-Cookie").Select(cookie => cookie.Split(';')[0]));
        var session = await client._http.GetFromJsonAsync<JsonObject>("/api/session", cancellationToken);
        client._http.DefaultRequestHeaders.Add("X-CSRF-Token", (string?)session?["csrfToken"]);
        return client;
    }

    public Task<IReadOnlyList<JsonObject>> IncidentsAsync(CancellationToken cancellationToken) => ListAsync("/api/incidents?pageSize=200", cancellationToken);

    public Task<IReadOnlyList<JsonObject>> OpenApprovalsAsync(CancellationToken cancellationToken) => ListAsync("/api/approvals?state=pending&pageSize=200", cancellationToken);

    public Task<IReadOnlyList<JsonObject>> ApprovalsAsync(CancellationToken cancellationToken) => ListAsync("/api/approvals?pageSize=200", cancellationToken);

    public Task<IReadOnlyList<JsonObject>> DecisionsAsync(CancellationToken cancellationToken) => ListAsync("/api/decisions?pageSize=200", cancellationToken);

    public async Task<IReadOnlyList<(DateTimeOffset At, string Text)>> TimelineAsync(string incident, CancellationToken cancellationToken)
    {
        var found = await _http.GetFromJsonAsync<JsonObject>($"/api/incidents/{incident}", cancellationToken);
        return [.. (found?["timeline"] as JsonArray ?? []).OfType<JsonObject>().Select(entry => ((DateTimeOffset)entry["at"]!, $"incident: {entry["text"]}"))]; // every entry has both
    }

    public async Task AnswerAsync(string approval, bool approve, CancellationToken cancellationToken)
    {
        // Too late is an answer too: the question is over.
        using var answer = await _http.PostAsJsonAsync($"/api/approvals/{approval}/answer", new { approve, note = "answered by the benchmark" }, cancellationToken);
    }

    public void Dispose() => _http.Dispose();

    private async Task<IReadOnlyList<JsonObject>> ListAsync(string path, CancellationToken cancellationToken)
    {
        var page = await _http.GetFromJsonAsync<JsonObject>(path, cancellationToken);
        return [.. (page?["items"] as JsonArray ?? []).OfType<JsonObject>()];
    }
}
