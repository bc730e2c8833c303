using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Homelab.Activities.Docker;

/// <summary>The Docker Engine API, as far as the activities need it. Paths carry no version: the engine's newest is spoken.</summary>
internal sealed class DockerClient(string name, ToolHttpClient http, TimeSpan pullPatience, ActivityContext context)
{
    public string Name => name;

    public Task<IReadOnlyList<ListedContainer>> ListAsync(bool all, CancellationToken cancellationToken) =>
        http.GetAsync<IReadOnlyList<ListedContainer>>($"/containers/json?all={all}", cancellationToken);

    /// <summary>The container of exactly this name or id: the engine itself would take the beginning of an id for it.</summary>
    public async Task<Container> GetAsync(string container, CancellationToken cancellationToken) =>
        await FindAsync(container, cancellationToken)
        ?? throw new ActivityException($"Container '{container}' is not on Docker '{name}'.", retryable: false);

    public async Task<Container?> FindAsync(string container, CancellationToken cancellationToken)
    {
        var answer = await http.AskAsync(HttpMethod.Get, $"/containers/{container}/json", null, reads: true, cancellationToken);
        if (answer.Status == HttpStatusCode.NotFound)
            return null;
        var found = new Container(ToolHttpClient.Read<JsonObject>(ToolHttpClient.Expect(answer)));
        return found.Name == container || found.Id == container || (container.Length >= 12 && found.Id.StartsWith(container, StringComparison.Ordinal)) ? found : null;
    }

    public ActivityTarget Target(Container container) => new("container", $"docker:{name}/container/{container.Name}", container.Name);

    public async Task<ActivityTarget> TargetAsync(string container, CancellationToken cancellationToken) => Target(await GetAsync(container, cancellationToken));

    /// <summary>start, stop, restart, kill; 304 says that it was so already.</summary>
    /// <param name="patience">Grace that the container is given; the engine answers when it is over.</param>
    public async Task ActAsync(Container container, string verb, ToolPath.Raw? query, CancellationToken cancellationToken, TimeSpan patience = default) => ToolHttpClient.Expect(
        await http.AskAsync(HttpMethod.Post, $"/containers/{container.Id}/{new ToolPath.Raw(verb)}{query ?? new("")}", null, reads: false, cancellationToken, patience),
        HttpStatusCode.NotModified);

    public Task UpdateAsync(Container container, JsonObject limits, CancellationToken cancellationToken) =>
        http.ChangeAsync(HttpMethod.Post, $"/containers/{container.Id}/update", ToolHttpClient.Json(limits), cancellationToken);

    public Task RenameAsync(string id, string newName, CancellationToken cancellationToken) =>
        http.ChangeAsync(HttpMethod.Post, $"/containers/{id}/rename?name={newName}", null, cancellationToken);

    public async Task<string> CreateAsync(string newName, JsonObject definition, CancellationToken cancellationToken) =>
        (await http.ChangeAsync<JsonObject>(HttpMethod.Post, $"/containers/create?name={newName}", ToolHttpClient.Json(definition), cancellationToken))["Id"]!.GetValue<string>();

    public Task RemoveAsync(string id, CancellationToken cancellationToken) =>
        http.ChangeAsync(HttpMethod.Delete, $"/containers/{id}?v=false&force=false", null, cancellationToken, HttpStatusCode.NotFound);

    public Task ConnectAsync(string network, JsonObject request, CancellationToken cancellationToken) =>
        http.ChangeAsync(HttpMethod.Post, $"/networks/{network}/connect", ToolHttpClient.Json(request), cancellationToken);

    public Task DisconnectAsync(string network, string containerId, CancellationToken cancellationToken) => http.ChangeAsync(
        HttpMethod.Post, $"/networks/{network}/disconnect", ToolHttpClient.Json(new JsonObject { ["Container"] = containerId, ["Force"] = true }), cancellationToken);

    public Task<JsonObject> StatsAsync(Container container, CancellationToken cancellationToken) =>
        http.GetAsync<JsonObject>($"/containers/{container.Id}/stats?stream=false", cancellationToken);

    /// <summary>Lines of both outputs in order; without a terminal the engine puts eight bytes before each piece.</summary>
    public async Task<string> LogsAsync(Container container, int tail, long since, CancellationToken cancellationToken)
    {
        var answer = ToolHttpClient.Expect(await http.AskAsync(
            HttpMethod.Get, $"/containers/{container.Id}/logs?stdout=true&stderr=true&timestamps=true&tail={tail}&since={since}", null, reads: true, cancellationToken));
        return container.HasTerminal ? answer.Text : Unframe(answer.Bytes);
    }

    public async Task<IReadOnlyList<JsonObject>> EventsAsync(long since, long until, CancellationToken cancellationToken) =>
        Lines(await http.GetTextAsync($"/events?since={since}&until={until}", cancellationToken));

    public Task<IReadOnlyList<JsonObject>> ImagesAsync(CancellationToken cancellationToken) => http.GetAsync<IReadOnlyList<JsonObject>>($"/images/json", cancellationToken);

    public async Task<JsonObject?> ImageAsync(string image, CancellationToken cancellationToken)
    {
        // An image's name holds slashes that are part of the path.
        var answer = await http.AskAsync(HttpMethod.Get, $"/images/{ImagePath(image)}/json", null, reads: true, cancellationToken);
        return answer.Status == HttpStatusCode.NotFound ? null : ToolHttpClient.Read<JsonObject>(ToolHttpClient.Expect(answer));
    }

    /// <summary>Pulls; the engine answers 200 before it has tried and says a failure in the stream.</summary>
    public async Task PullAsync(string image, CancellationToken cancellationToken)
    {
        var (repository, tag) = Reference(image);
        var pull = new PullProgress(image, context);
        var answer = ToolHttpClient.Expect(await http.AskAsync(
            HttpMethod.Post, $"/images/create?fromImage={repository}&tag={tag}", null, reads: false, cancellationToken, pullPatience, pull.See));
        if (Lines(answer.Text).Select(line => line["error"]?.ToString()).FirstOrDefault(error => error is not null) is { } error)
            throw new ActivityException($"Pulling '{image}' on Docker '{name}' failed: {error}", retryable: !error.Contains("not found", StringComparison.Ordinal) && !error.Contains("denied", StringComparison.Ordinal));
    }

    public async Task<JsonObject> PruneAsync(string what, ToolPath.Raw query, CancellationToken cancellationToken) =>
        ToolHttpClient.Read<JsonObject>(ToolHttpClient.Expect(
            await http.AskAsync(HttpMethod.Post, $"/{new ToolPath.Raw(what)}/prune{query}", null, reads: false, cancellationToken, pullPatience)));

    public Task<JsonObject> DiskUsageAsync(CancellationToken cancellationToken) => http.GetAsync<JsonObject>($"/system/df", cancellationToken);

    public Task<JsonObject> InfoAsync(CancellationToken cancellationToken) => http.GetAsync<JsonObject>($"/info", cancellationToken);

    public async Task<string?> VersionAsync(CancellationToken cancellationToken) =>
        (await http.GetAsync<JsonObject>($"/version", cancellationToken))["Version"]?.GetValue<string>();

    public async Task<Version> ApiVersionAsync(CancellationToken cancellationToken) =>
        Version.TryParse((await http.GetAsync<JsonObject>($"/version", cancellationToken))["ApiVersion"]?.ToString(), out var version) ? version : new(1, 0);

    public static (string Repository, string Tag) Reference(string image)
    {
        if (image.Contains('@', StringComparison.Ordinal))
            return (image, "");
        var colon = image.LastIndexOf(':');
        return colon > image.LastIndexOf('/') ? (image[..colon], image[(colon + 1)..]) : (image, "latest");
    }

    private static ToolPath.Raw ImagePath(string image) => new(string.Join('/', image.Split('/').Select(part => ToolPath.Of($"{part}"))));

    private static List<JsonObject> Lines(string text)
    {
        try
        {
            return [.. text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(line => JsonNode.Parse(line)).OfType<JsonObject>()];
        }
        catch (JsonException)
        {
            throw new ActivityException($"Docker answered {text.Length} characters that are not lines of JSON.", retryable: false);
        }
    }

    private static string Unframe(byte[] framed)
    {
        var text = new MemoryStream();
        var at = 0;
        while (at + 8 <= framed.Length)
        {
            var length = Math.Min((int)Math.Min(int.MaxValue, System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(framed.AsSpan(at + 4))), framed.Length - at - 8);
            text.Write(framed, at + 8, length);
            at += 8 + length;
        }

        return Encoding.UTF8.GetString(text.ToArray());
    }

    public sealed record ListedContainer(
        string Id, IReadOnlyList<string>? Names, string Image, string State, string Status, long Created, Dictionary<string, string>? Labels);
}
