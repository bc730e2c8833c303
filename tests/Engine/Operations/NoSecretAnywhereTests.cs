using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using FluentAssertions;
using Homelab.Activities;
using Homelab.Engine.SignIn;
using Homelab.Tests.Activities;
using Homelab.Tests.Activities.Contract;
using Homelab.Tests.Engine.Api;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Homelab.Tests.Engine.Operations;

/// <summary>
/// No secret reaches a log, a journal, an error, a prompt or a page: every secret option of every tool and every secret input of every activity is filled with a marker, the other
/// side says it back in good and in bad answers, and the marker is looked for in everything that comes out.
/// </summary>
public sealed class NoSecretAnywhereTests : IClassFixture<NoSecretAnywhereTests.Host>
{
    private const string Marker = "m4rker-that-is-secret+/=";

    private static readonly System.Text.Json.JsonSerializerOptions Relaxed = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The marker as another side may say it back.</summary>
    private static readonly string[] Forms =
    [
        Marker, Uri.EscapeDataString(Marker), System.Net.WebUtility.UrlEncode(Marker), System.Text.Json.JsonEncodedText.Encode(Marker).ToString(), .. new[] { "", "u:", "me:", "you:" }.Select(user => Base64(user + Marker)),
    ];

    /// <summary>What would be left of it.</summary>
    private static readonly string[] Traces = ["m4rker", "that-is-secret", Base64(Marker)[..10], Base64("u:" + Marker)[4..14], Base64("me:" + Marker)[4..14]];

    /// <summary>Tools with a connection "default" to the side that says everything back.</summary>
    private static IEnumerable<string> Connected => Tools.Http.Keys.Where(tool => tool != "Http");

    private readonly Host _host;

    public NoSecretAnywhereTests(Host host) => _host = host;

    public static TheoryData<string> Ids => [.. ActivityCatalog.All.Select(activity => activity.Id)];

    /// <summary>The activity alone, with everything it could say: outputs, errors, log lines, progress, plans, targets.</summary>
    [Theory, MemberData(nameof(Ids))]
    public async Task Activity_SecretsSaidBack_AreInNothingThatComesOut(string id)
    {
        var descriptor = ActivityCatalog.All.Single(activity => activity.Id == id);
        await using var echo = await FakeServer.StartAsync();
        var runner = new RecordingRunner { Answer = command => new(command.ToString(), 0, $"ok {Marker}", Marker) };
        using var environment = new ActivityEnvironment(
            // The first of a name counts: the marker, not what the shared settings say.
            [.. SecretSettings(descriptor.Tool), .. SettingsOf(descriptor, echo.Url)], services => services.AddSingleton<IProcessRunner>(runner));
        // A tool without secrets of its own may still be told one that another connection uses.
        if (descriptor.SecretInputs.Count == 0 && !SecretSettings(descriptor.Tool).Any())
            environment.Get<Secrets>().Remember(Marker);
        var log = new RecordingLogger();
        var all = string.Join(' ', Forms);
        // The second body puts the secret where an error's text is cut short.
        string[] texts = [all, new string('x', 285) + Marker + new string('y', 490)];
        foreach (var (status, exit) in new[] { (200, 0), (500, 1) })
        {
            foreach (var text in texts)
            {
                echo.Answer = FakeServer.Status(status, new JsonObject { ["message"] = text, [Marker] = new JsonArray(text), ["data"] = new JsonObject { [Marker] = text } }.ToJsonString(Relaxed));
                runner.Answer = command => new(command.ToString(), exit, $"said {text}", exit == 0 ? "" : text) { Scrub = environment.Get<Secrets>().Scrub };
                foreach (var dryRun in new[] { false, true })
                {
                    var said = await SayAsync(environment.Invoker(id), Input(descriptor, echo.Url), dryRun, log);
                    foreach (var trace in Traces)
                        said.Should().NotContain(trace, $"{id} answered {status}");
                }
            }
        }

        foreach (var trace in Traces)
            log.Text.Should().NotContain(trace);
    }

    [Theory]
    [InlineData("plain m4rker-that-is-secret+/= text")]
    [InlineData("url m4rker-that-is-secret%2B%2F%3D and m4rker-that-is-secret%2b%2f%3d")]
    [InlineData("json m4rker-that-is-secret\\u002B/=")]
    public void Scrub_EveryForm_IsMasked(string text)
    {
        var secrets = new Secrets(new NoSecrets());
        secrets.Remember(Marker);
        secrets.Scrub(text).Should().Contain("***").And.NotContain("m4rker");
        foreach (var user in new[] { "", "a", "ab", "abc", ":" })
            secrets.Scrub(Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user}:{Marker}:x"))).Should().NotContain("bTRya2Vy").And.Contain("***", user);
    }

    /// <summary>The same through the whole product: runs of one step with their journal, and every page that could show them.</summary>
    [Fact]
    public async Task Product_SecretsOfTheStore_AreInNoAnswerNoJournalNoLogAndNoDatabase()
    {
        using var admin = _host.As(Role.Admin);
        (await admin.PutAsJsonAsync("/api/secrets/marker", new { value = Marker })).EnsureSuccessStatusCode();
        var pages = new StringBuilder();
        var runs = new System.Collections.Concurrent.ConcurrentQueue<string>();
        // Every tool that is spoken to over HTTP; the others would run programs of this machine. What has an effect is stopped by the gate, or is a dry run.
        var ran = 0;
        foreach (var status in new[] { 200, 500 })
        {
            _host.Echo.Answer = Saying(status);
            await Parallel.ForEachAsync(Tools.OverHttp.Where(activity => !Tools.TakesUrl(activity)), new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (activity, cancellationToken) =>
            {
                foreach (var verb in activity.Effect == Effect.None ? new[] { "run" } : ["run", "dry-run"])
                {
                    using var answer = await admin.PostAsJsonAsync(
                        $"/api/activities/{activity.Id}/{verb}", new JsonObject { ["input"] = Tools.Sample(activity), ["waitSeconds"] = 5 }, cancellationToken);
                    var run = await answer.Content.ReadFromJsonAsync<JsonObject>(cancellationToken);
                    run!["runId"].Should().NotBeNull($"{activity.Id}: {run.ToJsonString()}");
                    lock (pages)
                        pages.AppendLine(run.ToJsonString());
                    runs.Enqueue((string)run["runId"]!);
                    Interlocked.Increment(ref ran);
                }
            });
        }

        // A prompt into which somebody pasted a secret of the store, and one that only looks like a secret.
        using var asked = await admin.PostAsJsonAsync("/api/activities/model.ask_question/run", new JsonObject { ["input"] = new JsonObject { ["question"] = $"Why is {Marker} refused? password: typed-by-hand-1" }, ["waitSeconds"] = 5 });
        var question = await asked.Content.ReadFromJsonAsync<JsonObject>();
        pages.AppendLine(question!.ToJsonString());
        runs.Enqueue((string)question["runId"]!);
        foreach (var run in runs)
            pages.AppendLine(await admin.GetStringAsync($"/api/runs/{run}")).AppendLine(await admin.GetStringAsync($"/api/runs/{run}/journal"));
        _host.Echo.Seen.Should().Contain(request => request.Body.Contains("Why is") && request.Body.Contains("[secret]"));

        foreach (var tool in Connected)
            pages.AppendLine(await (await admin.PostAsJsonAsync($"/api/connections/{tool}/default/test", new { })).Content.ReadAsStringAsync());
        foreach (var page in new[] { "secrets", "settings", "connections", "approvals", "decisions", "changes", "audit", "runs", "activities" })
            pages.AppendLine(await admin.GetStringAsync($"/api/{page}"));
        pages.AppendLine(await admin.GetStringAsync("/metrics"));

        ran.Should().BeGreaterThan(2 * Tools.OverHttp.Count - 10);
        _host.Echo.Seen.Should().Contain(request => request.Headers.Values.Any(value => value.Contains(Marker)), "the secret was really used");
        foreach (var trace in Traces.Append("typed-by-hand"))
            pages.ToString().Should().NotContain(trace);
        // The lock is held by the server and holds nothing.
        foreach (var file in Directory.EnumerateFiles(_host.Data, "*", SearchOption.AllDirectories).Where(file => !file.EndsWith(".lock", StringComparison.Ordinal)))
            Encoding.UTF8.GetString(await ReadAsync(file)).Should().NotContain(Marker, file).And.NotContain("typed-by-hand", file);
    }

    private static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));

    private static Func<HttpContext, Task> Saying(int status) =>
        FakeServer.Status(status, $$"""{"status":"success","data":{"version":"{{Marker}}","alerts":[],"groups":[],"activeTargets":[],"resultType":"vector","result":[{"metric":{"a":"{{Marker}}"},"value":[1,"1"]}]},"message":{"content":"{{Marker}}"},"error":"{{Marker}}"}""");

    private static async Task<string> SayAsync(IActivityInvoker invoker, JsonObject input, bool dryRun, RecordingLogger log)
    {
        var said = new StringBuilder();
        var context = ActivityEnvironment.Context(dryRun) with { Logger = log, Progress = new Said(said) };
        var json = ActivityEnvironment.Json(input);
        foreach (var problem in invoker.Validate(json))
            said.Append(problem.Path).Append(' ').AppendLine(problem.Message);
        try
        {
            said.AppendLine((await invoker.TargetAsync(json, context, default))?.ToString());
        }
        catch (ActivityException exception)
        {
            said.AppendLine(exception.ToString());
        }

        try
        {
            said.AppendLine((await invoker.ProbeAsync(json, context, default)).ToString());
        }
        catch (ActivityException exception)
        {
            said.AppendLine(exception.ToString());
        }

        try
        {
            using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
            said.AppendLine((await invoker.ExecuteAsync(json, context, limit.Token))?.ToJsonString(new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }));
        }
        catch (ActivityException exception)
        {
            said.AppendLine(exception.ToString());
        }

        return said.ToString();
    }

    private static IEnumerable<KeyValuePair<string, string?>> SettingsOf(ActivityDescriptor activity, string url) =>
        (Tools.Http.TryGetValue(activity.Tool, out var http) ? http(url)
            : Tools.Process.GetValueOrDefault(activity.Tool)
            ?? [($"Activities:{activity.Tool}:default:Host", "127.0.0.1"), ($"Activities:{activity.Tool}:default:Port", "1"), ($"Activities:{activity.Tool}:default:TimeoutSeconds", "2")])
        .Where(setting => Known(setting.Item1)).Select(setting => KeyValuePair.Create(setting.Item1, setting.Item2));

    private static bool Known(string key) => key.Split(':') is not [_, var tool, _, var name] || OptionsOf(tool)?.GetProperty(name) is not null;

    /// <summary>Every option marked as secret, of the tool's options class.</summary>
    private static IEnumerable<KeyValuePair<string, string?>> SecretSettings(string tool) => (OptionsOf(tool)?.GetProperties() ?? [])
        .Where(property => property.IsDefined(typeof(SecretAttribute), inherit: true))
        .Select(property => KeyValuePair.Create($"Activities:{tool}:default:{property.Name}", (string?)Marker));

    private static Type? OptionsOf(string tool) => typeof(ConnectionOptions).Assembly.GetTypes().FirstOrDefault(type => type.IsSubclassOf(typeof(ConnectionOptions)) && type.Name == tool + "Options");

    private static JsonObject Input(ActivityDescriptor activity, string url)
    {
        var input = Tools.Sample(activity, url);
        foreach (var secret in activity.SecretInputs)
            input[secret] = Marker;
        return input;
    }

    private static async Task<byte[]> ReadAsync(string path)
    {
        await using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        using var all = new MemoryStream();
        await file.CopyToAsync(all);
        return all.ToArray();
    }

    public sealed class Host : ApiHost, IAsyncLifetime
    {
        private FakeServer? _echo;

        internal FakeServer Echo => _echo!;

        internal string Data => App.Services.GetRequiredService<Homelab.Engine.Operations.DataDirectory>().Path;

        protected override IEnumerable<KeyValuePair<string, string?>> Settings =>
        [
            // The last of a name counts: the secrets replace what the shared settings say.
            .. Connected.SelectMany(tool => Tools.Http[tool](Echo.Url).Where(setting => Known(setting.Key))).Select(setting => KeyValuePair.Create(setting.Key, setting.Value)),
            .. Connected.SelectMany(SecretSettings).Select(setting => KeyValuePair.Create(setting.Key, (string?)"secret:marker")),
            new("Activities:Model:default:Provider", "OpenAi"),
            new("Connections:CheckEvery", "00:00:00"),
            new("Api:RequestsPerSecond", "1000"),
            new("Logs:Directory", "logs"),
        ];

        async Task IAsyncLifetime.InitializeAsync()
        {
            _echo = await FakeServer.StartAsync();
            await InitializeAsync();
        }

        async Task IAsyncLifetime.DisposeAsync()
        {
            await DisposeAsync();
            await Echo.DisposeAsync();
        }
    }

    private sealed class Said(StringBuilder text) : IProgress<ActivityProgress>
    {
        public void Report(ActivityProgress value) => text.AppendLine(value.Message);
    }

    private sealed class RecordingLogger : ILogger
    {
        private readonly StringBuilder _text = new();

        public string Text => _text.ToString();

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            _text.AppendLine(formatter(state, exception)).AppendLine(exception?.ToString());
    }
}
