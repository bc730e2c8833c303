namespace Homelab.Rules.Expressions.Compilation;

/// <summary>Failures of evaluation that occur in several places, in the words RulesEngine's users know.</summary>
internal static class Faults
{
    public static ExpressionEvaluationException Missing() =>
        new(ExpressionFailure.MissingValue, "Object reference not set to an instance of an object.");

    public static ExpressionEvaluationException NoValue(string parameter) =>
        new(ExpressionFailure.MissingValue, $"Value cannot be null. (Parameter '{parameter}')");

    public static ExpressionEvaluationException Index() =>
        new(ExpressionFailure.OutOfRange, "Index was out of range. Must be non-negative and less than the size of the collection. (Parameter 'index')");
}
