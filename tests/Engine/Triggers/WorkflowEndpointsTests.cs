using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using FluentAssertions;
using Homelab.Engine.Runs;
using Homelab.Engine.Storage;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Homelab.Tests.Engine.Triggers;

/// <summary>Real requests to the whole product.</summary>
public sealed class WorkflowEndpointsTests : IAsyncLifetime
{
    private const string Secret = "0123456789abcdef-secret";

    private TestServer _server = null!;

    private HttpClient Http => _server.Http;

    public async Task InitializeAsync() => _server = await TestServer.StartAsync(
        ("Webhooks:Secrets:plain:Secret", Secret),
        ("Webhooks:Secrets:signed:Secret", Secret), ("Webhooks:Secrets:signed:Proof", "Hmac"),
        ("Webhooks:Secrets:timed:Secret", Secret), ("Webhooks:Secrets:timed:Proof", "Hmac"), ("Webhooks:Secrets:timed:TimestampHeader", "X-Sent"),
        ("Webhooks:Secrets:bypath:Secret", Secret), ("Webhooks:Secrets:bypath:Path", "/By/Path"));

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task Post_WorkflowWithoutResponse_Is202WithTheRunThatExists()
    {
        await _server.PublishAsync(TestServer.Webhook("plain-start", "start/{name}", ["POST"]));

        var answer = await Http.PostAsJsonAsync("/workflows/start/ada", new { ok = true });

        answer.StatusCode.Should().Be(HttpStatusCode.Accepted);
        var run = (string?)(await answer.Content.ReadFromJsonAsync<JsonNode>())!["runId"];
        answer.Headers.Location!.ToString().Should().Be($"/api/runs/{run}");
        (await FinishedAsync(run!)).SubStatus.Should().Be(RunSubStatus.Finished);
    }

    [Fact]
    public async Task Post_WorkflowThatResponds_GetsItsResponseMadeOfTheRequest()
    {
        await _server.PublishAsync(TestServer.Webhook(
            "echo", "echo/{name}", ["POST", "PUT"], null,
            TestServer.Respond("getVariable('Route').name + ' ' + getVariable('Query').q + ' ' + getVariable('Body').n + ' ' + getVariable('Headers')['X-One']")));
        using var request = new HttpRequestMessage(HttpMethod.Put, "/workflows/Echo/Ada?q=why") { Content = JsonContent.Create(new { n = 5 }) };
        request.Headers.Add("X-One", "two");

        var answer = await Http.SendAsync(request);

        answer.StatusCode.Should().Be(HttpStatusCode.OK);
        (await answer.Content.ReadAsStringAsync()).Should().Be("Ada why 5 two");
    }

    [Fact]
    public async Task Post_WorkflowThatFaultsBeforeItsResponse_Is500WithTheRun()
    {
        await _server.PublishAsync(TestServer.Webhook("faulty", "faulty", ["POST"], null, TestServer.Respond("nobodyKnowsThis()")));

        var answer = await Http.PostAsync("/workflows/faulty", null);

        answer.StatusCode.Should().Be(HttpStatusCode.InternalServerError);
        ((string?)(await answer.Content.ReadFromJsonAsync<JsonNode>())!["runId"]).Should().NotBeNullOrEmpty();
    }

    [Fact]
    public async Task Post_ResponseComesTooLate_Is202AndTheRunGoesOn()
    {
        const string wait = """{"id":"wait","type":"Elsa.Event","version":1,"eventName":{"typeName":"String","expression":{"type":"Literal","value":"go"}}}""";
        await _server.PublishAsync(TestServer.Webhook("late", "late", ["POST"], """ "requestTimeout":{"typeName":"TimeSpan","expression":{"type":"Literal","value":"00:00:01"}} """, wait, TestServer.Respond("'too late'")));

        var answer = await Http.PostAsync("/workflows/late", null);

        answer.StatusCode.Should().Be(HttpStatusCode.Accepted);
        var run = (string)(await answer.Content.ReadFromJsonAsync<JsonNode>())!["runId"]!;
        (await Runs.FindAsync(new RunId(run), default))!.SubStatus.Should().Be(RunSubStatus.Suspended);
    }

    [Theory]
    [InlineData("GET", "/workflows/methods", HttpStatusCode.MethodNotAllowed, "POST")]
    [InlineData("POST", "/workflows/nobody/there", HttpStatusCode.NotFound, "nobody/there")]
    public async Task Request_NoSuchEndpoint_SaysWhatThereIs(string method, string path, HttpStatusCode status, string part)
    {
        await _server.PublishAsync(TestServer.Webhook("methods", "methods", ["POST"]));

        var answer = await Http.SendAsync(new HttpRequestMessage(new HttpMethod(method), path));

        answer.StatusCode.Should().Be(status);
        (await answer.Content.ReadAsStringAsync()).Should().Contain(part);
        answer.Content.Headers.ContentType!.MediaType.Should().Be("application/problem+json");
    }

    [Theory]
    [InlineData("{\"a\":", "line 1, byte 6")]
    [InlineData("{\"a\": 1,\n \"b\" 2}", "line 2")]
    [InlineData("{\"a\": 1, \"a\": 2}", "a")]
    public async Task Post_BrokenJson_Is400WithThePlaceAndNothingIsAccepted(string body, string place)
    {
        await _server.PublishAsync(TestServer.Webhook("broken", "broken", ["POST"]));

        var answer = await Http.PostAsync("/workflows/broken", new StringContent(body, Encoding.UTF8, "application/json"));

        answer.StatusCode.Should().Be(HttpStatusCode.BadRequest);
        (await answer.Content.ReadAsStringAsync()).Should().Contain(place);
        (await RunsOfAsync("broken")).Should().BeEmpty();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Post_FiftyMegabytes_IsRefusedEarlyAndNothingIsAccepted(bool chunked)
    {
        await _server.PublishAsync(TestServer.Webhook("big", "big", ["POST"]));
        var body = new CountingStream(50 * 1024 * 1024);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/workflows/big") { Content = new StreamContent(body) };
        request.Headers.TransferEncodingChunked = chunked;
        request.Headers.ExpectContinue = true;
        if (!chunked)
            request.Content.Headers.ContentLength = body.Total;

        HttpStatusCode? status = null;
        try
        {
            status = (await Http.SendAsync(request)).StatusCode;
        }
        catch (HttpRequestException)
        {
            // The server may close the connection while the client still sends; what counts is that it did not read on.
        }

        (status ?? HttpStatusCode.RequestEntityTooLarge).Should().Be(HttpStatusCode.RequestEntityTooLarge);
        body.Taken.Should().BeLessThan(body.Total);
        (await RunsOfAsync("big")).Should().BeEmpty();
    }

    [Fact]
    public async Task Post_OverTheEndpointsOwnLimit_Is413()
    {
        await _server.PublishAsync(TestServer.Webhook("small", "small", ["POST"], """ "requestSizeLimit":{"typeName":"Int64","expression":{"type":"Literal","value":"10"}} """));

        (await Http.PostAsync("/workflows/small", new StringContent("0123456789x"))).StatusCode.Should().Be(HttpStatusCode.RequestEntityTooLarge);
        (await Http.PostAsync("/workflows/small", new StringContent("0123456789"))).StatusCode.Should().Be(HttpStatusCode.Accepted);
    }

    [Fact]
    public async Task Post_SameIdempotencyKey_SameAnswerAndOneRun()
    {
        await _server.PublishAsync(TestServer.Webhook("once", "once", ["POST"]));
        await _server.PublishAsync(TestServer.Webhook("once-answer", "once-answer", ["POST"], null, TestServer.Respond("'run ' + getWorkflowInstanceId()")));

        foreach (var path in (string[])["once", "once-answer"])
        {
            var first = await (await SendAsync(path, "{}", ("Idempotency-Key", "delivery-1"))).Content.ReadAsStringAsync();
            var second = await SendAsync(path, "{}", ("Idempotency-Key", "delivery-1"));
            var other = await SendAsync(path, "{\"other\":1}", ("Idempotency-Key", "delivery-1"));

            (await second.Content.ReadAsStringAsync()).Should().Be(first);
            other.StatusCode.Should().Be(HttpStatusCode.UnprocessableEntity);
            await UntilAsync(async () => (await RunsOfAsync(path)).Count > 0);
            (await RunsOfAsync(path)).Should().ContainSingle();
        }
    }

    [Fact]
    public async Task Post_SameKeyTwentyTimesAtOnce_OneRun()
    {
        await _server.PublishAsync(TestServer.Webhook("burst", "burst", ["POST"]));

        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(async _ => await (await SendAsync("burst", "{}", ("Idempotency-Key", "k"))).Content.ReadAsStringAsync()));

        answers.Distinct().Should().ContainSingle();
        await UntilAsync(async () => (await RunsOfAsync("burst")).Count > 0);
        (await RunsOfAsync("burst")).Should().ContainSingle();
    }

    [Fact]
    public async Task Post_SecretHeader_OnlyTheRightOne()
    {
        await _server.PublishAsync(TestServer.Webhook("plain", "plain", ["POST"], Guarded("plain")));

        (await SendAsync("plain", "{}")).StatusCode.Should().Be(HttpStatusCode.Unauthorized);
        var wrong = await SendAsync("plain", "{}", ("X-Webhook-Secret", "guess"));
        (await SendAsync("plain", "{}", ("X-Webhook-Secret", Secret))).StatusCode.Should().Be(HttpStatusCode.Accepted);

        wrong.StatusCode.Should().Be(HttpStatusCode.Unauthorized);
        (await wrong.Content.ReadAsStringAsync()).Should().NotContain(Secret);
        await UntilAsync(async () => (await RunsOfAsync("plain")).Count > 0);
        (await RunsOfAsync("plain")).Should().ContainSingle();
    }

    [Fact]
    public async Task Post_HmacSignature_OnlyOverThisVeryBody()
    {
        await _server.PublishAsync(TestServer.Webhook("signed", "signed", ["POST"], Guarded("signed")));

        (await SendAsync("signed", "{\"a\":1}", ("X-Hub-Signature-256", "sha256=" + Sign("{\"a\":1}")))).StatusCode.Should().Be(HttpStatusCode.Accepted);
        (await SendAsync("signed", "{\"a\":2}", ("X-Hub-Signature-256", "sha256=" + Sign("{\"a\":1}")))).StatusCode.Should().Be(HttpStatusCode.Unauthorized);
        (await SendAsync("signed", "{\"a\":1}", ("X-Hub-Signature-256", "nonsense"))).StatusCode.Should().Be(HttpStatusCode.Unauthorized);
        (await SendAsync("signed", "{\"a\":1}")).StatusCode.Should().Be(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task Post_SignedTime_RefusesAnOldRequest()
    {
        await _server.PublishAsync(TestServer.Webhook("timed", "timed", ["POST"], Guarded("timed")));
        var now = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        var old = TimeProvider.System.GetUtcNow().AddHours(-1).ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);

        (await SendAsync("timed", "{}", ("X-Sent", now), ("X-Hub-Signature-256", Sign(now + ".{}")))).StatusCode.Should().Be(HttpStatusCode.Accepted);
        (await SendAsync("timed", "{}", ("X-Sent", old), ("X-Hub-Signature-256", Sign(old + ".{}")))).StatusCode.Should().Be(HttpStatusCode.Unauthorized);
        (await SendAsync("timed", "{}", ("X-Sent", now), ("X-Hub-Signature-256", Sign("{}")))).StatusCode.Should().Be(HttpStatusCode.Unauthorized);
        (await SendAsync("timed", "{}", ("X-Hub-Signature-256", Sign("{}")))).StatusCode.Should().Be(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task Post_PathWithASecretInTheSettings_IsGuardedWhateverTheWorkflowSays()
    {
        await _server.PublishAsync(TestServer.Webhook("bypath", "by/path", ["POST"]));

        (await SendAsync("by/path", "{}")).StatusCode.Should().Be(HttpStatusCode.Unauthorized);
        (await SendAsync("by/path", "{}", ("X-Webhook-Secret", Secret))).StatusCode.Should().Be(HttpStatusCode.Accepted);
    }

    [Theory]
    [InlineData("nobody-knows-this-policy")]
    [InlineData("admin")]
    public async Task Post_AuthorizeWithoutProof_Is401(string policy)
    {
        await _server.PublishAsync(TestServer.Webhook("closed", "closed", ["POST"], Guarded(policy)));

        (await SendAsync("closed", "{}")).StatusCode.Should().Be(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task Post_NoSecretAndNotFromThisMachine_Is401()
    {
        await _server.PublishAsync(TestServer.Webhook("open", "open", ["POST"]));

        (await SendAsync("open", "{}", ("X-Forwarded-For", "203.0.113.7"))).StatusCode.Should().Be(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task Post_File_IsGivenToTheRunOrRefusedByItsKind()
    {
        await _server.PublishAsync(TestServer.Webhook(
            "upload", "upload", ["POST"], """ "allowedFileExtensions":{"typeName":"Object","expression":{"type":"Object","value":"[\".txt\"]"}} """,
            TestServer.Respond("getVariable('Files')[0].fileName + ' ' + getVariable('Files')[0].length + ' ' + getVariable('Body').note")));

        var taken = await UploadAsync("a.txt");
        var refused = await UploadAsync("a.exe");

        (await taken.Content.ReadAsStringAsync()).Should().Be("a.txt 5 hi");
        refused.StatusCode.Should().Be(HttpStatusCode.UnsupportedMediaType);
    }

    [Fact]
    public async Task Post_RunWaitsForARequestInItsMiddle_IsResumed()
    {
        const string second = """
            {"id":"again","type":"Elsa.HttpEndpoint","version":1,"path":{"typeName":"String","expression":{"type":"Literal","value":"confirm"}},"supportedMethods":{"typeName":"String[]","expression":{"type":"Object","value":"[\"POST\"]"}}}
            """;
        await _server.PublishAsync(TestServer.Webhook("two", "two", ["POST"], null, second));
        var run = (string)(await (await SendAsync("two", "{}")).Content.ReadFromJsonAsync<JsonNode>())!["runId"]!;
        await UntilAsync(async () => (await Runs.FindAsync(new RunId(run), default))?.SubStatus == RunSubStatus.Suspended);

        (await SendAsync("confirm", "{}")).StatusCode.Should().Be(HttpStatusCode.Accepted);

        (await FinishedAsync(run)).SubStatus.Should().Be(RunSubStatus.Finished);
        (await SendAsync("confirm", "{}")).StatusCode.Should().Be(HttpStatusCode.NotFound);
    }

    private Homelab.Engine.Dispatch.Runs Runs => _server.Services.GetRequiredService<Homelab.Engine.Dispatch.Runs>();

    private static string Guarded(string policy) =>
        $$$""" "authorize":{"typeName":"Boolean","expression":{"type":"Literal","value":"true"}},"policy":{"typeName":"String","expression":{"type":"Literal","value":"{{{policy}}}"}} """;

    private static string Sign(string text) => Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(Secret), Encoding.UTF8.GetBytes(text)));

    private async Task<HttpResponseMessage> SendAsync(string path, string json, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/workflows/" + path) { Content = new StringContent(json, Encoding.UTF8, "application/json") };
        foreach (var (name, value) in headers)
            request.Headers.Add(name, value);
        return await Http.SendAsync(request);
    }

    private async Task<HttpResponseMessage> UploadAsync(string name)
    {
        using var form = new MultipartFormDataContent { { new StringContent("hi"), "note" } };
        var file = new ByteArrayContent("hello"u8.ToArray());
        file.Headers.ContentType = new MediaTypeHeaderValue("text/plain");
        form.Add(file, "upload", name);
        return await Http.PostAsync("/workflows/upload", form);
    }

    private async Task<IReadOnlyList<RunSummary>> RunsOfAsync(string definition) =>
        (await Runs.ListAsync(new RunFilter { DefinitionIds = [definition] }, RunOrder.Created, false, 0, 50, default)).Items;

    private async Task<RunState> FinishedAsync(string run)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        return (await Runs.WaitForFinishAsync(new RunId(run), limit.Token))!;
    }

    private static async Task UntilAsync(Func<Task<bool>> holds)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (!await holds())
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, limit.Token);
    }

    /// <summary>Zeros; knows how many of them were taken.</summary>
    private sealed class CountingStream(long total) : Stream
    {
        public long Total => total;

        public long Taken { get; private set; }

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => Taken;
            set => throw new NotSupportedException();
        }

        public override void Flush()
        {
        }

        public override int Read(byte[] buffer, int offset, int count)
        {
            var some = (int)Math.Min(count, total - Taken);
            Taken += some;
            return some;
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
