using System.Diagnostics;
using System.Globalization;
using System.Text;
using static Homelab.Rules.Expressions.Syntax.ExpressionNode;

namespace Homelab.Rules.Expressions.Syntax;

/// <summary>Writes a tree so that parsing the text gives the tree again, in either dialect.</summary>
internal static class ExpressionPrinter
{
    public static string Print(ExpressionNode node)
    {
        var text = new StringBuilder();
        Write(text, node);
        return text.ToString();
    }

    private static void Write(StringBuilder text, ExpressionNode node)
    {
        switch (node)
        {
            case Literal literal:
                WriteLiteral(text, literal.Value);
                break;
            case Name name:
                WriteName(text, name.Id);
                break;
            case Member member:
                WriteOperand(text, member.Target);
                text.Append(member.NullSafe ? "?." : ".").Append(member.Id);
                break;
            case ExpressionNode.Index index:
                WriteOperand(text, index.Target);
                WriteList(text, '[', index.Arguments, ']');
                break;
            case Call call:
                if (call.Target is not null)
                {
                    WriteOperand(text, call.Target);
                    text.Append(call.NullSafe ? "?." : ".");
                }

                text.Append(call.Id);
                WriteList(text, '(', call.Arguments, ')');
                break;
            case Unary { Operator: UnaryOperator.Factorial } unary:
                WriteOperand(text, unary.Operand);
                text.Append('!');
                break;
            case Unary unary:
                text.Append(unary.Operator switch { UnaryOperator.Not => "!", UnaryOperator.Negate => "-", _ => "~" });
                WriteOperand(text, unary.Operand);
                break;
            case Binary binary:
                WriteOperand(text, binary.Left);
                text.Append(' ').Append(Symbols.Text(binary.Operator)).Append(' ');
                WriteOperand(text, binary.Right);
                break;
            case Conditional conditional:
                WriteOperand(text, conditional.Condition);
                text.Append(" ? ");
                WriteOperand(text, conditional.Then);
                text.Append(" : ");
                WriteOperand(text, conditional.Else);
                break;
            case List list:
                WriteList(text, '(', list.Items, ')');
                break;
            case Lambda lambda:
                text.Append('(').AppendJoin(", ", lambda.Parameters).Append(") => ");
                Write(text, lambda.Body);
                break;
            case NewArray array:
                text.Append("new ").Append(array.ElementType).Append("[] ");
                WriteList(text, '{', array.Items, '}');
                break;
            case NewObject created:
                WriteNewObject(text, created);
                break;
            default:
                throw new UnreachableException();
        }
    }

    private static void WriteNewObject(StringBuilder text, NewObject created)
    {
        text.Append("new (");
        for (var i = 0; i < created.Fields.Count; i++)
        {
            if (i > 0)
                text.Append(", ");
            WriteOperand(text, created.Fields[i].Value);
            text.Append(" as ").Append(created.Fields[i].Name);
        }

        text.Append(')');
    }

    private static void WriteOperand(StringBuilder text, ExpressionNode node)
    {
        // A lone number before a dot or a sign could be read as part of another number.
        var plain = node is Name or Call or Member or ExpressionNode.Index or List or NewObject
            || node is Literal { Value: not null } literal && !IsNegative(literal.Value) && literal.Value is string or bool or char;
        if (plain)
        {
            Write(text, node);
            return;
        }

        text.Append('(');
        Write(text, node);
        text.Append(')');
    }

    private static bool IsNegative(object value) => value is int and < 0 or long and < 0 or double and < 0 or decimal and < 0 or float and < 0;

    private static void WriteList(StringBuilder text, char open, IReadOnlyList<ExpressionNode> items, char close)
    {
        text.Append(open);
        for (var i = 0; i < items.Count; i++)
        {
            if (i > 0)
                text.Append(", ");
            Write(text, items[i]);
        }

        text.Append(close);
    }

    private static void WriteName(StringBuilder text, string id)
    {
        var plain = id.Length > 0 && (char.IsLetter(id[0]) || id[0] == '_') && id.All(c => char.IsLetterOrDigit(c) || c == '_') && !Reserved(id);
        if (plain)
            text.Append(id);
        else if (!id.Contains(']', StringComparison.Ordinal))
            text.Append('[').Append(id).Append(']');
        else
            text.Append('{').Append(id).Append('}');
    }

    private static bool Reserved(string id) => id.ToLowerInvariant() is "true" or "false" or "not" or "new" or "null" || Keywords.Operator(id, rules: true) is not null;

    private static void WriteLiteral(StringBuilder text, object? value)
    {
        switch (value)
        {
            case null:
                text.Append("null");
                break;
            case bool flag:
                text.Append(flag ? "true" : "false");
                break;
            case char c:
                WriteText(text, '\'', c.ToString());
                break;
            case string s:
                WriteText(text, '"', s);
                break;
            case double d:
                var real = d.ToString("R", CultureInfo.InvariantCulture);
                text.Append(real).Append(real.AsSpan().IndexOfAny(".E") < 0 && double.IsFinite(d) ? ".0" : "");
                break;
            case DateTime time:
                text.Append('#').Append(time.ToString("MM/dd/yyyy HH:mm:ss.fffffff", CultureInfo.InvariantCulture)).Append('#');
                break;
            case TimeSpan span:
                text.Append('#').Append(span.ToString("hh\\:mm\\:ss\\.fffffff", CultureInfo.InvariantCulture)).Append('#');
                break;
            case long l:
                text.Append(l.ToString(CultureInfo.InvariantCulture)).Append(l is >= int.MinValue and <= int.MaxValue ? "L" : "");
                break;
            case float or decimal or uint or ulong:
                text.Append(((IFormattable)value).ToString(null, CultureInfo.InvariantCulture))
                    .Append(value switch { float => "F", decimal => "M", uint => "U", _ => "UL" });
                break;
            case IFormattable formattable:
                text.Append(formattable.ToString(null, CultureInfo.InvariantCulture));
                break;
            default:
                throw new UnreachableException();
        }
    }

    private static void WriteText(StringBuilder text, char quote, string value)
    {
        text.Append(quote);
        foreach (var c in value)
        {
            if (c is '\\' || c == quote)
                text.Append('\\').Append(c);
            else if (c < ' ')
                text.Append("\\u").Append(((int)c).ToString("x4", CultureInfo.InvariantCulture));
            else
                text.Append(c);
        }

        text.Append(quote);
    }
}
