using System.ComponentModel;
using System.Text;
using Homelab.Engine.Api;
using Homelab.Engine.Operations;
using Homelab.Engine.SignIn;
using Homelab.Engine.Storage;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Homelab.Engine.Reports;

internal static class ReportsSetup
{
    public static IServiceCollection AddReports(this IServiceCollection services)
    {
        services.AddSettings<ReportSettings>("Reports");
        services.AddSingleton<ReportClock>();
        services.AddSingleton<HealthScore>();
        services.AddSingleton<BackupReader>();
        services.AddSingleton<ReportMaker>();
        services.AddSingleton<ReportOutlook>();
        services.AddSingleton<ReportDesk>();
        services.AddHostedService<ReportWatch>();
        services.AddSingleton(provider => LiveProbes.Reports(provider.GetRequiredService<Database>()));
        return services;
    }
}

/// <summary>Reports, and how well it goes.</summary>
internal static class ReportsApi
{
    public static IEndpointRouteBuilder MapReports(this IEndpointRouteBuilder api)
    {
        var reports = api.MapGroup("/reports").WithTags("Reports");
        reports.MapGet("", ListAsync).RequireAuthorization(Policies.Viewer).WithName("ListReports").WithSummary("Reports, newest first, without their contents");
        reports.MapGet("/{id}", FindAsync).RequireAuthorization(Policies.Viewer).WithName("GetReport").WithSummary("One report");
        reports.MapGet("/{id}/markdown", MarkdownAsync).RequireAuthorization(Policies.Viewer).WithName("DownloadReport").WithSummary("One report as a Markdown file");
        reports.MapPost("", MakeAsync).RequireAuthorization(Policies.Operator).WithName("MakeReport").WithSummary("Make a report now, over the last day, week or month");
        api.MapGet("/health-score", async (HealthScore health, CancellationToken token) => TypedResults.Ok(await health.ReadAsync(token)))
            .RequireAuthorization(Policies.Viewer).WithTags("Overview").WithName("GetHealthScore").WithSummary("How well it goes, 0 to 100, and what it lacks");
        return api;
    }

    private static async Task<Ok<Listing<ReportInfo>>> ListAsync(
        [AsParameters] Paging paging, [Description("daily, weekly, monthly or now")] string? kind, ReportDesk desk, CancellationToken cancellationToken)
    {
        var page = await desk.PageAsync(kind, paging.Skip, paging.Size, cancellationToken);
        return TypedResults.Ok(Listing<ReportInfo>.Of([.. page.Rows.Select(ReportInfo.Of)], paging, page.Total));
    }

    private static async Task<Results<Ok<ReportDetail>, ProblemHttpResult>> FindAsync(string id, ReportDesk desk, CancellationToken cancellationToken) =>
        await desk.FindAsync(id, cancellationToken) is { } row ? TypedResults.Ok(Detail(row)) : Missing(id);

    private static async Task<Results<FileContentHttpResult, ProblemHttpResult>> MarkdownAsync(string id, ReportDesk desk, CancellationToken cancellationToken) =>
        await desk.FindAsync(id, cancellationToken) is { } row ? TypedResults.File(Encoding.UTF8.GetBytes(row.Markdown), "text/markdown; charset=utf-8", $"homelab-{row.Id}.md") : Missing(id);

    private static async Task<Results<Ok<ReportDetail>, ProblemHttpResult>> MakeAsync(MakeReportRequest request, HttpContext context, ReportDesk desk, CancellationToken cancellationToken) =>
        ReportClock.Kinds.Contains(request.Kind)
            ? TypedResults.Ok(Detail(await desk.MakeAsync(request.Kind, Caller.Of(context.User).Name, cancellationToken)))
            : Problems.Invalid("kind", request.Kind, $"kind must be one of {string.Join(", ", ReportClock.Kinds)}.", "Send one of these.");

    private static ReportDetail Detail(ReportRow row) => new(ReportInfo.Of(row), ReportDesk.Read(row), row.Markdown);

    private static ProblemHttpResult Missing(string id) => Problems.NotFound("report", id, "GET /api/reports lists them.");
}

internal sealed record MakeReportRequest(string Kind = "daily");

internal sealed record ReportInfo(string Id, string Kind, DateTimeOffset Start, DateTimeOffset End, DateTimeOffset MadeAt, string MadeFor, long HealthScore)
{
    public static ReportInfo Of(ReportRow row) => new(row.Id, row.Kind, At(row.PeriodStart), At(row.PeriodEnd), At(row.MadeAt), row.MadeFor, row.HealthScore);

    private static DateTimeOffset At(long milliseconds) => DateTimeOffset.FromUnixTimeMilliseconds(milliseconds);
}

internal sealed record ReportDetail(ReportInfo Info, Report Report, string Markdown);
